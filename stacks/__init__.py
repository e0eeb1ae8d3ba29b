"""The Pulumi program of this repository: settings in, a platform with its databases out."""
