"""Errors that somebody can mend; each message names the place and the mend.

    SpoedpleinError
        AgreementsError         a region's agreements cannot be read
        SnapshotError           a snapshot cannot be restored
        LogLineError            a line of a log file cannot be read         (log)
        SettingsError           a setting is missing or wrong               (spoedplein.settings)
        UnknownRegionError      a region has no partition                   (workers.topics)
        PublishingFileError     a line of a file is not an event            (workers.publishing)
        KafkaAccessError        Kafka does not answer or refuses us         (workers.connection)
        WorkerCrashedError      a worker stopped, nothing is lost           (workers.app)
        WhatifError             a log cannot be lived again as asked        (whatif.assumptions)
        NotSharedError          the region does not publish this            (reports.report)
        ParametersError         Triple Aim parameters cannot be used        (reports.triple_aim)
        StoreError              PostgreSQL, with kinds of its own           (store.errors)
        TokenRefusedError       a bearer token is not one that we act on    (portal.access.tokens)
        IssuerAwayError         the issuer does not answer                  (portal.access.oidc)
        IssuerRefusedError      the issuer gives no token                   (portal.access.oidc)
        QueueError              an access cannot be kept on disk            (portal.access.queue)
        LocalIssuerError        the local issuer does not run here          (portal.issuer.errors)
        ProblemError            what HTTP refuses, as a problem of RFC 9457 (portal.problems)
        PortalAddressError      the portal cannot listen where it should    (portal.serving)
        PortalBrokenError       the portal did not start, or had to stop    (portal.serving)
        ScenarioError           a script cannot be read or played           (scenarios.reading)
        StackError              the local stack cannot do as asked          (stack.errors)

A clinical "no" is never an error: it is a decision with a reason.
"""


class SpoedpleinError(Exception):
    """Something that the message explains, with its place and its mend."""


class AgreementsError(SpoedpleinError):
    """A region's agreements cannot be used."""


class SnapshotError(SpoedpleinError):
    """A snapshot cannot be restored by this version."""
