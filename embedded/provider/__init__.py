"""The stand-in `pulumi-resource-kubernetes` for machines that cannot have the official plugin.

It lets the real engine run against a real API server. It is named as a stand-in wherever it shows itself, and no
feature of the library may depend on it: see docs/embedded-provider.md.
"""
