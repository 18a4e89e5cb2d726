"""A page as one file, whatever the site could not bring along."""

from labbook.site.single_file import single_file

PAGE = """<html><body>
<img alt="a dot" src="../_images/dot.png"><img alt="a lost one" src="../_images/lost.png">
</body></html>"""


def test_a_picture_that_the_site_lacks_leaves_its_description(tmp_path):
    page = tmp_path / "notebooks" / "waves.html"
    for file, content in ((page, PAGE.encode()), (tmp_path / "_images" / "dot.png", b"dot")):
        file.parent.mkdir()
        file.write_bytes(content)
    text = single_file(page)
    assert '<img alt="a dot" src="data:image/png;base64,ZG90"/>' in text
    assert '<img alt="a lost one"/>' in text
