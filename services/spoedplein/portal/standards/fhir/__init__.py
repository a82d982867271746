"""FHIR R4 (4.0.1) and SANER: resources as plain dictionaries, in the order and with the names of the specification."""
