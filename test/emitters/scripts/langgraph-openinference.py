# /// script
# dependencies = [
#   "openinference-instrumentation-langchain==0.1.80",
#   "langchain==1.4.7",
#   "langgraph==1.2.22",
#   "langchain-openai==1.7.3",
#   "langchain-mcp-adapters==0.3.2",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""A LangGraph agent with OpenInference's bridge; the user and session by its `using_attributes`."""

from openinference.instrumentation.langchain import LangChainInstrumentor

from langgraph_agent import drive
from telemetry import start_telemetry

LangChainInstrumentor().instrument(tracer_provider=start_telemetry("shop"))


def asked_by(person):
    from openinference.instrumentation import using_attributes

    return using_attributes(user_id=f"{person}@example.com", session_id=f"{person}-session")


drive(asked_by)
