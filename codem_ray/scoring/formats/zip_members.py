"""Read members of a zip archive, including those compressed by Zstandard.

Python's zipfile supports Zstandard from 3.14 on; the package zipfile-zstd adds it by patching
zipfile.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from codem_ray.errors import DataError

ZSTANDARD = 93
_LOCAL_HEADER = struct.Struct("<4s22sHH")
"""Signature, fields that the central directory repeats, lengths of the name and the extra field."""


def zip_members(path: Path, prefix: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each member with this prefix and suffix.

    Raises:
        DataError: the archive is damaged; names the member.
    """
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: damaged or cut off: {error}") from error
    with archive:
        for info in archive.infolist():
            if info.filename.startswith(prefix) and info.filename.endswith(suffix):
                try:
                    yield info.filename, _content(archive, path, info)
                except (zipfile.BadZipFile, zlib.error, OSError, struct.error) as error:
                    raise DataError(f"{path}, {info.filename}: damaged: {error}") from error


def _content(archive: zipfile.ZipFile, path: Path, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != ZSTANDARD:
        return archive.read(info)
    import pyarrow

    with path.open("rb") as stream:
        stream.seek(info.header_offset)
        _, _, name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
        stream.seek(name_length + extra_length, 1)
        raw = stream.read(info.compress_size)
    # A member may consist of several frames, and a frame may lack its size: read it as a stream.
    with pyarrow.CompressedInputStream(pyarrow.BufferReader(raw), "zstd") as frames:
        content: bytes = frames.read()
    if zlib.crc32(content) != info.CRC:
        raise zipfile.BadZipFile("its checksum is wrong")
    return content
