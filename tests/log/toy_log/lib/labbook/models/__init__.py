from labbook.models.toy import Toy

__all__ = ["Toy"]
