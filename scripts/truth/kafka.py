"""Keeps the mock cluster of librdkafka running and prints the addresses of its brokers."""

import sys
import time

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": "unused", "test.mock.num.brokers": 1})
brokers = producer.list_topics(timeout=20).brokers.values()
print(",".join(f"{broker.host}:{broker.port}" for broker in brokers))
sys.stdout.flush()
while True:
    time.sleep(60)
