"""Kubernetes control planes that run on this machine alone, for people and tests without a cluster."""

from embedded.control_plane.assets import Assets, choose_assets
from embedded.control_plane.control_plane import ControlPlane, Running
from embedded.control_plane.errors import ControlPlaneError

__all__ = ["Assets", "ControlPlane", "ControlPlaneError", "Running", "choose_assets"]
