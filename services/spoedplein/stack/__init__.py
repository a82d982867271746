"""The local stack: Apache Kafka, librdkafka's in-process broker and PostgreSQL, each as child processes of ours.

All of them listen on 127.0.0.1 only, keep what they know in a state directory, and end when we end.
"""
