"""The values for the chart Zero to JupyterHub: every key is one that the chart knows.

The chart refuses a key that it does not know, and none is rendered here. What it knows,
as far as we use it, was read from its version 4.1.0 by hand.
"""

from pathlib import Path

import jsonschema
import pytest
import yaml

import enclave_hub.cluster
from enclave_hub.workspace.idle import IdleRule


FILE = Path(enclave_hub.cluster.__path__[0]) / "values.yaml"

BOOLEAN = {"type": "boolean"}
SECONDS = {"type": "integer", "minimum": 0}
ANYTHING = {"type": "object"}


def _only(**keys):
    return {"type": "object", "properties": keys, "additionalProperties": False}


EGRESS_RULES = _only(
    cloudMetadataServer=BOOLEAN,
    dnsPortsCloudMetadataServer=BOOLEAN,
    dnsPortsKubeSystemNamespace=BOOLEAN,
    dnsPortsPrivateIPs=BOOLEAN,
    nonPrivateIPs=BOOLEAN,
    privateIPs=BOOLEAN,
)
POLICY = _only(
    enabled=BOOLEAN,
    ingress={"type": "array"},
    egress={"type": "array"},
    egressAllowRules=EGRESS_RULES,
    interNamespaceAccessLabels={"enum": ["accept", "ignore"]},
    allowedIngressPorts={"type": "array"},
)
CHART = _only(
    hub=_only(allowNamedServers=BOOLEAN, config=ANYTHING, networkPolicy=POLICY),
    proxy=_only(chp=_only(networkPolicy=POLICY)),
    singleuser=_only(
        networkPolicy=POLICY,
        cloudMetadata=_only(blockWithIptables=BOOLEAN, ip={"type": "string"}),
        allowPrivilegeEscalation=BOOLEAN,
        storage=_only(type={"enum": ["dynamic", "static", "none"]}),
        extraPodConfig=ANYTHING,
        events=BOOLEAN,
    ),
    cull=_only(
        enabled=BOOLEAN,
        users=BOOLEAN,
        removeNamedServers=BOOLEAN,
        timeout=SECONDS,
        every=SECONDS,
        concurrency=SECONDS,
        maxAge=SECONDS,
    ),
    prePuller=_only(hook=_only(enabled=BOOLEAN), continuous=_only(enabled=BOOLEAN)),
)


@pytest.fixture
def values():
    return yaml.safe_load(FILE.read_text())


def test_the_chart_knows_every_key(values):
    jsonschema.validate(values, CHART)


def test_a_key_that_it_does_not_know_would_be_noticed(values):
    values["singleuser"]["networkPolicy"]["egressAllowRule"] = {}
    with pytest.raises(jsonschema.ValidationError, match="egressAllowRule"):
        jsonschema.validate(values, CHART)


def test_every_way_out_that_the_chart_would_open_is_named(values):
    rules = values["singleuser"]["networkPolicy"]["egressAllowRules"]
    assert set(rules) == set(EGRESS_RULES["properties"])


def test_what_is_unused_is_culled_as_late_as_on_one_host(values):

    assert values["cull"]["timeout"] == IdleRule().limit.total_seconds()
