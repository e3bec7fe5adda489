"""The interactive page: one file that needs no network.

The insides of all blocks are drawn when the page is built, each distinct one once; in the browser nothing is laid out.
"""

from archdsl.rendering.page.building import page_text

__all__ = ["page_text"]
