# /// script
# dependencies = [
#   "semantic-kernel[mcp]==1.45.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""Microsoft's Semantic Kernel with its own telemetry, content on. It knows no user."""

import asyncio
import os

os.environ["SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE"] = "true"

from openai import AsyncOpenAI
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.connectors.mcp import MCPStreamableHttpPlugin

from telemetry import MODEL_URL, start_telemetry

start_telemetry("shop")


async def main():
    client = AsyncOpenAI(base_url=f"{MODEL_URL}/v1", api_key="scripted")
    service = OpenAIChatCompletion(ai_model_id="scripted", async_client=client)
    async with MCPStreamableHttpPlugin(name="orders", url=os.environ["ORDERS_URL"]) as orders:
        agent = ChatCompletionAgent(service=service, name="shopkeeper", plugins=[orders])
        for prompt in ("[plan orders] Refund A-1001.", "[plan lookup] Where is A-1002?"):
            print(await agent.get_response(messages=prompt))


asyncio.run(main())
