# /// script
# dependencies = [
#   "openinference-instrumentation-crewai==1.1.21",
#   "crewai==1.15.30",
#   "crewai-tools[mcp]==1.15.30",
#   "openai==2.54.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""CrewAI with OpenInference's bridge: a crew of one agent, two kick-offs."""

import os

os.environ["CREWAI_DISABLE_TELEMETRY"] = "true"
os.environ["CREWAI_TRACING_ENABLED"] = "false"

from crewai import LLM, Agent, Crew, Task
from crewai_tools import MCPServerAdapter
from openinference.instrumentation import using_attributes
from openinference.instrumentation.crewai import CrewAIInstrumentor

from telemetry import MODEL_URL, start_telemetry

CrewAIInstrumentor().instrument(tracer_provider=start_telemetry("shop"))

llm = LLM(model="openai/scripted", base_url=f"{MODEL_URL}/v1", api_key="scripted")
with MCPServerAdapter({"url": os.environ["ORDERS_URL"], "transport": "streamable-http"}) as tools:
    keeper = Agent(role="shopkeeper", goal="Keep the shop.", backstory="Knows orders.", llm=llm, tools=list(tools))
    for person, prompt in (("ana", "[plan orders] Refund A-1001."), ("ben", "[plan lookup] Where is A-1002?")):
        task = Task(description=prompt, expected_output="A sentence.", agent=keeper)
        with using_attributes(user_id=f"{person}@example.com", session_id=f"{person}-session"):
            print(Crew(agents=[keeper], tasks=[task]).kickoff())
