"""What the product knows, as typed records: read from ``catalog/data`` by ``catalog/loader.py``, never changed.

Every record names its ``sources``: the tags of the documents it was taken from (see ``data/sources.yaml``).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from migrator.versions import Minor, Version, VersionRange


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all catalog records."""


class Mode(StrEnum):
    """How a hop is carried out (A.3): 滚动升级, 重置升级, 原地升级, 平滑升级."""

    ROLLING = "rolling"
    RESET = "reset"
    IN_PLACE = "in_place"
    SMOOTH = "smooth"


class Start(StrEnum):
    """How a hop is started."""

    CONSOLE = "console"
    TICKET = "ticket"


class Rollback(StrEnum):
    """What way back a hop has."""

    NONE = "none"
    ON_FAILURE = "on_failure"  # from the backup, only while the upgrade has failed
    UNTOLD = "untold"  # the profile's own source says nothing of this hop; others disagree, so nobody may count on one


class Release(Record, frozen=True, kw_only=True):
    """A Kubernetes minor that CCE offers or offered; dates as ``YYYY-MM``, empty where no source gives one.

    ``patches`` is the range of the patches that release notes name, as ``VersionRange`` reads it; no closed list.
    """

    minor: Minor
    community: str = ""
    offered: str = ""
    end_of_service: str = ""
    patches: str = ""
    sources: tuple[str, ...]


class HopRule(Record, frozen=True, kw_only=True):
    """One allowed step between two minors on a profile's platform."""

    source: Minor
    target: Minor
    modes: tuple[Mode, ...]
    start: Start
    rollback: Rollback
    minutes: tuple[int, int]  # shortest and longest expected duration of the control plane and components
    minutes_per_node: tuple[int, int] = (0, 0)
    preconditions: tuple[str, ...] = ()  # names; sentence key ``path.precondition.<name>``
    impacts: tuple[str, ...] = ()  # sentence key ``path.impact.<name>``
    changelogs: tuple[str, ...] = ()  # https addresses of the community changelogs to read
    sources: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.source}->{self.target}"


class Profile(Record, frozen=True, kw_only=True):
    """Whose path table holds: a platform and a time of its documentation."""

    name: str
    title: dict[str, str]  # by language
    migration_targets: tuple[Minor, ...]  # minors in which a new cluster can be bought, oldest first
    hops: tuple[HopRule, ...]
    sources: tuple[str, ...]


class RiskKind(StrEnum):
    PRECAUTION = "precaution"  # what to mind while upgrading (A.5)
    DIFFERENCE = "difference"  # what the newer version does otherwise (A.6)
    CONFLICT = "conflict"  # sources say different things; the profile decides (J)


class KnownRisk(Record, frozen=True, kw_only=True):
    """Something known to go wrong, or to be disputed, on hops whose source and target lie in the given ranges.

    ``source`` and ``target`` are ranges of minors as ``VersionRange`` reads them, ``profiles`` and ``modes`` limit
    further; empty holds for every hop. ``condition`` is the name of a condition of ``migrator.paths.conditions`` that
    tells from the snapshot whether the cluster is concerned; without one every cluster is.

    Where something came with a patch, ``target_patches`` are the first patches that have it, one for a minor: a lower
    patch of a minor named there is not concerned. ``source_patches`` the same of the cluster as it is: from such a
    patch on it has lived with the thing already. Minors that are not named go by the ranges alone.
    """

    name: str
    kind: RiskKind
    title: dict[str, str]  # by language: what happens
    remedy: dict[str, str]  # by language: what to check or to do
    source: str = ""
    target: str = ""
    target_patches: tuple[str, ...] = ()
    source_patches: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()
    condition: str = ""
    sources: tuple[str, ...]

    def concerns(
        self, hop: HopRule, profile: str, source: Version | None = None, target: Version | None = None
    ) -> bool:
        """Whether the hop of that profile is one of those that the risk speaks of.

        Args:
            source: where the whole way begins, ``target`` where it ends. Between the two, and where a version names
                no patch, the newest patch of the minor is meant: that is what the console offers.
        """
        return (
            _in_range(hop.source, self.source)
            and _in_range(hop.target, self.target)
            and _has(hop.target, target, self.target_patches, named_only=False)
            and not _has(hop.source, source, self.source_patches, named_only=True)
            and (not self.profiles or profile in self.profiles)
            and (not self.modes or not set(self.modes).isdisjoint(hop.modes))
        )


def _has(minor: Minor, end: Version | None, patches: tuple[str, ...], *, named_only: bool) -> bool:
    """Whether the version of ``minor`` on the way has what came with a patch; ``end`` is one end of the way.

    Of a cluster whose patch nobody told nothing is taken for granted, so that a warning is rather given than not.
    """
    first = next((v for v in map(Version.parse, patches) if v.as_minor == minor), None)
    if first is None:
        return not named_only
    if end is None or end.as_minor != minor:
        return True  # the newest patch
    return end >= first if end.patch >= 0 else not named_only


def _in_range(minor: Minor, limits: str) -> bool:
    return Version(minor.major, minor.minor) in VersionRange.parse(limits)


class ApiRemoval(Record, frozen=True, kw_only=True):
    """A group/version/kind that community minor ``removed_in`` no longer serves (D.1)."""

    api_version: str
    kind: str
    removed_in: Minor
    deprecated_in: Minor | None = None
    replacement: str = ""  # "networking.k8s.io/v1 Ingress", empty where nothing takes its place
    replacement_since: Minor | None = None
    change: str = ""  # sentence key part ``api.change.<name>`` for field changes (D.2)
    sources: tuple[str, ...]


class RemovalKind(StrEnum):
    """Where something that is not an API was said; the first five can be seen in objects."""

    ANNOTATION = "annotation"
    LABEL = "label"  # of nodes
    TAINT = "taint"
    VOLUME = "volume"
    FIELD = "field"
    FLAG = "flag"
    ADMISSION = "admission"
    COMMAND = "command"
    BEHAVIOUR = "behaviour"

    @property
    def in_objects(self) -> bool:
        return self in (self.ANNOTATION, self.LABEL, self.TAINT, self.VOLUME, self.FIELD)


class Change(StrEnum):
    REMOVED = "removed"
    DEPRECATED = "deprecated"
    CHANGED = "changed"


class Removal(Record, frozen=True, kw_only=True):
    """Something other than an API that community minor ``since`` removes, deprecates or changes (D.3).

    ``pattern`` is what is written: a key (``prefix/*`` for all under a prefix), the path of a field, a command. Where
    it cannot be seen in objects, the sentence ``removal.<name>`` says what to do.
    """

    name: str
    kind: RemovalKind
    pattern: str
    value: str = ""  # of a field: regular expression that its value must match
    objects: tuple[str, ...] = ()  # of a field: the kinds that have it
    change: Change
    since: Minor
    replacement: str = ""
    severity: str
    told_by: str = ""  # code of the check that tells of it already, wherever that check applies
    sources: tuple[str, ...]


class ServedApi(Record, frozen=True, kw_only=True):
    """Kinds that some release of Kubernetes serves in a group/version by itself, or that CCE's API answers in."""

    api_version: str
    kinds: tuple[str, ...]
    sources: tuple[str, ...]


class SettingCategory(StrEnum):
    """Where on a node a setting was made (checklist OM-1); the words are those of ``NodeSetting.category``."""

    SYSCTL = "sysctl"
    LIMITS = "limits"
    CONTAINER_ENGINE = "container_engine"
    KUBELET = "kubelet"
    SYSTEM = "system"


class NodeDefaults(Record, frozen=True, kw_only=True):
    """Settings of a node that nobody has touched, of kernels from ``kernel_from`` on and before ``kernel_before``.

    A value with alternatives, "10 | 20", is untouched where it is one of them.
    """

    category: SettingCategory
    values: dict[str, str]
    kernel_from: Minor | None = None
    kernel_before: Minor | None = None
    sources: tuple[str, ...]


class PlatformMade(Record, frozen=True, kw_only=True):
    """Settings that the platform makes on every node: regular expressions over the whole of "key value"."""

    category: SettingCategory
    patterns: tuple[str, ...]
    sources: tuple[str, ...]


class StoragePorts(Record, frozen=True, kw_only=True):
    """Ports that storage of one kind answers on: nodes that mount it must be let in there.

    ``storage`` is a kind as snapshots name it, such as ``sfs_turbo``.
    """

    storage: str
    ports: tuple[int, ...]
    sources: tuple[str, ...]


class Source(Record, frozen=True, kw_only=True):
    tag: str
    title: str
    url: str = ""


class DataSource(StrEnum):
    """Where what a pre-upgrade item looks at can be seen (domain facts C)."""

    DUMP = "K"
    CCE_API = "A"
    NODE = "N"
    NETWORK_API = "L"
    PERSON = "M"


class Decider(StrEnum):
    MACHINE = "machine"
    PERSON = "person"


class PrecheckItem(Record, frozen=True, kw_only=True):
    """An item of the platform's pre-upgrade check (C), in its numbering; ``page`` is the page's number, cce_10_<page>.

    ``decided_by`` is the code of the check that decides it. ``PREnnn`` is made from the row itself, for targets in the
    range ``targets`` where ``condition`` (``checks.conditions``) is not known to be false.
    """

    number: int
    page: str
    name: str
    slug: str = ""  # of the check made from the row
    category: str
    severity: str
    data: tuple[DataSource, ...]
    targets: str = ""
    condition: str = ""
    decider: Decider = Decider.PERSON
    decided_by: str
    sources: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether the check is made from the row."""
        return self.decided_by == f"PRE{self.number:03d}"


class AddOnInfo(Record, frozen=True, kw_only=True):
    """An add-on as CCE calls it, and what became of it.

    ``last`` is the last minor of clusters that still has it, None where every newer one does; then ``successor`` takes
    its place. ``stuck`` are ranges of versions that cannot be upgraded along with the cluster.
    """

    name: str
    also: tuple[str, ...] = ()  # further names that it is installed under
    title: dict[str, str]  # by language: as the console shows it
    last: Minor | None = None
    successor: str = ""
    stuck: tuple[str, ...] = ()
    sources: tuple[str, ...]


class AddOnVersions(Record, frozen=True, kw_only=True):
    """Versions of an add-on, ``==1.27.4``, ``>=1.25.1,<=1.25.11`` or ``==2.6`` for every 2.6.x, and the first and last
    minor of the clusters that they are made for."""

    addon: str
    versions: str
    clusters: tuple[Minor, Minor]
    sources: tuple[str, ...]

    @property
    def lowest(self) -> Version:
        return VersionRange.parse(self.versions).bounds[0][1]

    @property
    def highest(self) -> Version:
        return VersionRange.parse(self.versions).bounds[-1][1]

    @property
    def newest(self) -> str:
        """The newest of the versions, as a console would show it: ``1.25.11``, ``2.6.x``."""
        return str(self.highest)[1:] + (".x" if self.highest.patch < 0 else "")

    def holds(self, version: Version) -> bool:
        return version in VersionRange.parse(self.versions)

    def fits(self, minor: Minor) -> bool:
        """Whether the versions are made for clusters of ``minor``."""
        return self.clusters[0] <= minor <= self.clusters[1]


class Catalog(Record, frozen=True, kw_only=True):
    """Everything, with the digest of the data files it was read from."""

    digest: str
    releases: tuple[Release, ...]
    profiles: tuple[Profile, ...]
    api_removals: tuple[ApiRemoval, ...]
    removals: tuple[Removal, ...] = ()  # of anything else, by release
    served_apis: tuple[ServedApi, ...]
    custom_groups: tuple[str, ...]  # under the names of Kubernetes, and yet brought along by add-ons
    sources: tuple[Source, ...]
    system_namespaces: tuple[str, ...]
    platform_objects: tuple[
        str, ...
    ]  # "Secret/default-secret": in every namespace; "Service/default/kubernetes": in one (H.4)
    node_defaults: tuple[NodeDefaults, ...]
    precheck_items: tuple[PrecheckItem, ...] = ()  # by number
    known_risks: tuple[KnownRisk, ...] = ()  # by name
    addons: tuple[AddOnInfo, ...] = ()  # by name
    addon_versions: tuple[AddOnVersions, ...] = ()  # by add-on, the oldest first
    platform_made: tuple[PlatformMade, ...]  # on nodes; see ``catalog.node_defaults`` for both
    storage_ports: tuple[StoragePorts, ...] = ()

    def profile(self, name: str) -> Profile:
        """The profile of that name; raises ``KeyError``."""
        return {p.name: p for p in self.profiles}[name]

    def release_of(self, version: Version) -> Release | None:
        """The offered release of the version's minor, None where CCE never offered it."""
        return next((r for r in self.releases if r.minor == version.as_minor), None)

    def removal_of(self, api_version: str, kind: str) -> ApiRemoval | None:
        """The removal of that group/version and kind, None where nothing is known to remove it."""
        return next((r for r in self.api_removals if (r.api_version, r.kind) == (api_version, kind)), None)

    def replacement_at(self, removal: ApiRemoval, target: Version) -> str:
        """What takes the place of ``removal`` in a cluster of ``target``, such as ``apps/v1 Deployment``.

        A replacement may itself be gone by then (extensions PodSecurityPolicy -> policy/v1beta1 -> nothing), so the
        chain is followed; empty where nothing is left at its end.
        """
        replacement = removal.replacement
        while replacement:
            successor = self.removal_of(*replacement.split(" ", 1))
            if successor is None or successor.removed_in > target.as_minor:
                return replacement
            replacement = successor.replacement
        return ""

    def is_platform_object(self, kind: str, namespace: str, name: str) -> bool:
        """Whether the platform makes this object itself, so that it is left behind."""
        return not {f"{kind}/{name}", f"{kind}/{namespace}/{name}"}.isdisjoint(self.platform_objects)
