# /// script
# dependencies = [
#   "openinference-instrumentation-openai-agents==2.6.0",
#   "openai-agents==0.24.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenAI's Agents SDK with OpenInference's bridge: tools of an MCP server, and a hand-over between agents."""

from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

from openai_agents_shop import drive
from telemetry import start_telemetry

OpenAIAgentsInstrumentor().instrument(tracer_provider=start_telemetry("shop"))
drive(lambda person: using_attributes(user_id=f"{person}@example.com", session_id=f"{person}-session"))
