# /// script
# dependencies = [
#   "opentelemetry-instrumentation-openai-agents==0.62.4",
#   "openai-agents==0.24.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenAI's Agents SDK with OpenLLMetry's bridge: tools of an MCP server, and a hand-over between agents."""

import contextlib

from opentelemetry.instrumentation.openai_agents import OpenAIAgentsInstrumentor

from openai_agents_shop import drive
from telemetry import start_telemetry

OpenAIAgentsInstrumentor().instrument(tracer_provider=start_telemetry("shop"))
drive(lambda person: contextlib.nullcontext())
