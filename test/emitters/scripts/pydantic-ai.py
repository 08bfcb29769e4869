# /// script
# dependencies = [
#   "pydantic-ai-slim[openai,mcp]==2.68.0",
#   "logfire==5.2.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""PydanticAI with Logfire, as its documentation sets it up; the MCP client below it is FastMCP's on the Python SDK 2."""

import asyncio
import os

import logfire
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from telemetry import MODEL_URL

logfire.configure(
    send_to_logfire=False,
    service_name="shop",
    console=False,
    additional_span_processors=[SimpleSpanProcessor(OTLPSpanExporter())],
)
logfire.instrument_pydantic_ai()


async def main():
    model = OpenAIChatModel("scripted", provider=OpenAIProvider(base_url=f"{MODEL_URL}/v1"))
    agent = Agent(model, name="shopkeeper", toolsets=[MCPToolset(os.environ["TRACED_ORDERS_URL"])], retries=3)
    async with agent:
        with logfire.span("ana asks", **{"user.id": "ana@example.com"}):
            print((await agent.run("[plan orders] Refund A-1001.")).output)
        with logfire.span("ben asks", **{"user.id": "ben@example.com"}):
            print((await agent.run("[plan lookup] Where is A-1002?")).output)


asyncio.run(main())
