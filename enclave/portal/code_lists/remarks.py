"""What looks odd in a code list, seen from the latest snapshot."""

from enclave.cohort.code_lists.checking import unknown
from enclave.cohort.code_lists.version import Version
from enclave.cohort.known_codes import KnownCodes
from enclave.portal.office import Office


def unknown_codes(version: Version, place: Office) -> list[str]:
    """Say which codes the warehouse lacks; nothing before the first load."""
    catalogue = place.catalogue()
    if catalogue is None:
        return []
    known = KnownCodes(catalogue.codes)
    return [str(one) for one in unknown(version.system, version.entries, known)]
