#!/bin/sh
# KAFKA_HEAP_OPTS is several words, as for Kafka's own script.
exec /opt/java/bin/java $KAFKA_HEAP_OPTS -XX:TieredStopAtLevel=1 -cp '/opt/kafka/libs/*' kafka.Kafka "$@"
