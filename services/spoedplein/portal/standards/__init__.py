"""What others call it: the region in the words of FHIR R4 and SANER, EDXL-HAVE 1.0, and the LPZ feed.

Pure functions from our views and agreements to documents. Each gets the moment at which it is asked, and tells of a
figure that is past its validity, or was never reported, that it is unknown: never a number, and never free.
"""
