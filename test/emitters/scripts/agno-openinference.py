# /// script
# dependencies = [
#   "openinference-instrumentation-agno==1.0.15",
#   "agno==3.1.10",
#   "fastmcp==4.1.2",
#   "mcp==2.3.0",
#   "openai==3.52.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""Agno with OpenInference's bridge; the user is an argument of the run."""

import asyncio
import os

from agno.agent import Agent
from agno.models.openai.like import OpenAILike
from agno.tools.mcp import MCPTools
from openinference.instrumentation.agno import AgnoInstrumentor

from telemetry import MODEL_URL, start_telemetry

AgnoInstrumentor().instrument(tracer_provider=start_telemetry("shop"))


async def main():
    model = OpenAILike(id="scripted", base_url=f"{MODEL_URL}/v1", api_key="scripted")
    async with MCPTools(transport="streamable-http", url=os.environ["ORDERS_URL"]) as orders:
        agent = Agent(name="shopkeeper", model=model, tools=[orders], telemetry=False)
        for person, prompt in (("ana", "[plan orders] Refund A-1001."), ("ben", "[plan lookup] Where is A-1002?")):
            run = await agent.arun(prompt, user_id=f"{person}@example.com", session_id=f"{person}-session")
            print(run.content)


asyncio.run(main())
