"""Who answers for an object and who pays for it: labels of Kubernetes, tags of AWS, labels of Google Cloud."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from dbaas_components.databases.spec.part import LabelValue, Part
from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, TENANT, platform_labels

_NOT_IN_GOOGLE_LABELS: Final = re.compile(r"[^-_a-z0-9]")


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("is empty; write who it is")
    return text


Somebody = Annotated[LabelValue, AfterValidator(_not_empty)]
"""A label value that says something."""


class Ownership(Part):
    """Who answers and who pays: on every object, volume and bucket of a platform."""

    owner: Somebody
    """Team that answers for it."""
    cost_centre: Somebody
    """Who pays for it."""
    environment: Somebody
    """Such as `production`."""
    tenant: Somebody = "platform"
    """Who it belongs to; `platform` for what all share."""

    def labels(self, *, component: str | None = None, instance: str | None = None) -> dict[str, str]:
        """Labels of a Kubernetes object: Kubernetes' recommended ones and these four, in a stable order."""
        return {
            **({"app.kubernetes.io/instance": instance} if instance else {}),
            **({"app.kubernetes.io/component": component} if component else {}),
            **platform_labels(),
            **self.owner_labels(),
        }

    def owner_labels(self) -> dict[str, str]:
        """The four labels alone, for charts that set the recommended ones themselves."""
        return {
            TENANT: self.tenant,
            OWNER: self.owner,
            ENVIRONMENT: self.environment,
            COST_CENTRE: self.cost_centre,
        }

    def aws_tags(self) -> dict[str, str]:
        """Tags of a resource on AWS."""
        return {
            "managed-by": "dbaas-components",
            "tenant": self.tenant,
            "owner": self.owner,
            "environment": self.environment,
            "cost-centre": self.cost_centre,
        }

    def google_labels(self) -> dict[str, str]:
        """Labels of a resource on Google Cloud, which allows lower-case letters, digits, hyphens and underscores."""
        return {key: _NOT_IN_GOOGLE_LABELS.sub("-", value.lower()) for key, value in self.aws_tags().items()}
