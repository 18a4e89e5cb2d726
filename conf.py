"""The website's settings; what is not set here is set by labbook.site."""

project = "labbook"
extensions = ["labbook.site"]
