"""The problem families of the starter kit, by kind."""

from __future__ import annotations

from tools.starter.families import (
    arithmetic,
    counting,
    lists,
    numbers,
    page_forms,
    page_structures,
    page_texts,
    records,
    recursion,
    searching,
    sorting,
    strings,
)
from tools.starter.families.family import CodeFamily
from tools.starter.families.page_family import PageFamily

_CODE_KINDS = (
    arithmetic,
    numbers,
    strings,
    lists,
    searching,
    counting,
    sorting,
    recursion,
    records,
)
_PAGE_KINDS = (page_texts, page_forms, page_structures)

CODE_FAMILIES: tuple[CodeFamily, ...] = tuple(
    family for kind in _CODE_KINDS for family in kind.FAMILIES
)
PAGE_FAMILIES: tuple[PageFamily, ...] = tuple(
    family for kind in _PAGE_KINDS for family in kind.FAMILIES
)

__all__ = ["CODE_FAMILIES", "PAGE_FAMILIES"]
