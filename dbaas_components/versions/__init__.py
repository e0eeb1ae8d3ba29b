"""Every version that this library pins, in tables: engines and their images, charts, and which go together."""

from dbaas_components.versions.engines import DEFAULT_REGISTRY, VERSIONS, EngineVersions, image

__all__ = ["DEFAULT_REGISTRY", "VERSIONS", "EngineVersions", "image"]
