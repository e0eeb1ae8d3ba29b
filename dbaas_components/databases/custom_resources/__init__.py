"""Typed models of the operators' custom resources: exactly the fields that this library writes, no others."""
