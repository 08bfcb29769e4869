# /// script
# dependencies = [
#   "opentelemetry-instrumentation-langchain==0.62.4",
#   "langchain==1.4.7",
#   "langgraph==1.2.22",
#   "langchain-openai==1.7.3",
#   "langchain-mcp-adapters==0.3.2",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""The same LangGraph agent with OpenLLMetry's bridge. No user without Traceloop's own SDK."""

import contextlib

from opentelemetry.instrumentation.langchain import LangchainInstrumentor

from langgraph_agent import drive
from telemetry import start_telemetry

LangchainInstrumentor().instrument(tracer_provider=start_telemetry("shop"))

drive(lambda person: contextlib.nullcontext())
