# /// script
# dependencies = [
#   "openinference-instrumentation-smolagents==0.1.43",
#   "smolagents[mcp,openai]==1.26.0",
#   "mcp==1.30.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""smolagents with OpenInference's bridge."""

import os

from openinference.instrumentation import using_attributes
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import MCPClient, OpenAIModel, ToolCallingAgent

from telemetry import MODEL_URL, start_telemetry

SmolagentsInstrumentor().instrument(tracer_provider=start_telemetry("shop"))

model = OpenAIModel("scripted", api_base=f"{MODEL_URL}/v1", api_key="scripted")
with MCPClient({"url": os.environ["ORDERS_URL"], "transport": "streamable-http"}, structured_output=False) as tools:
    for person, prompt in (("ana", "[plan orders] Refund A-1001."), ("ben", "[plan lookup] Where is A-1002?")):
        agent = ToolCallingAgent(tools=tools, model=model, name="shopkeeper", max_steps=5, verbosity_level=0)
        with using_attributes(user_id=f"{person}@example.com", session_id=f"{person}-session"):
            print(agent.run(prompt))
