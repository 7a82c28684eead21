"""Images from other registries: by a map of prefixes, as people give it."""

from __future__ import annotations

from collections.abc import Iterable

_DOCKER_HUB = "docker.io"


class Registries:
    """Old prefix -> new prefix; the longest that ends at a boundary of the name holds."""

    def __init__(self, registries: Iterable[tuple[str, str]]) -> None:
        pairs = ((old.strip().rstrip("/"), new.strip().rstrip("/")) for old, new in registries)
        self._pairs = sorted(((o, n) for o, n in pairs if o and n), key=lambda pair: (-len(pair[0]), pair))
        self._new = [new for _, new in self._pairs]

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def moved(self, image: str) -> str:
        """The image's new name; tag and digest stay. What stands in a new place already is left alone."""
        if not image or any(_below(image, new) for new in self._new):
            return image
        whole = full_name(image)
        for old, new in self._pairs:
            for name in (image, whole):
                if _below(name, old):
                    return f"{new}{name[len(old) :]}"
        return image


def full_name(image: str) -> str:
    """``nginx`` as ``docker.io/library/nginx``, which is what a container engine reads."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"{_DOCKER_HUB}/{image}" if slash else f"{_DOCKER_HUB}/library/{image}"


def _below(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and (len(name) == len(prefix) or name[len(prefix)] in "/:@")
