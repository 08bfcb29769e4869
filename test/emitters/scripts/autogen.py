# /// script
# dependencies = [
#   "autogen-agentchat==0.7.5",
#   "autogen-ext[openai,mcp]==0.7.5",
#   "mcp==1.30.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""AutoGen with its own telemetry. It knows no user."""

import asyncio
import os

from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from autogen_ext.tools.mcp import StreamableHttpServerParams, mcp_server_tools

from telemetry import MODEL_URL, start_telemetry

start_telemetry("shop")


async def main():
    info = {"vision": False, "function_calling": True, "json_output": False, "family": "unknown", "structured_output": False}
    client = OpenAIChatCompletionClient(
        model="scripted", base_url=f"{MODEL_URL}/v1", api_key="scripted", model_info=info
    )
    tools = await mcp_server_tools(StreamableHttpServerParams(url=os.environ["ORDERS_URL"]))
    for prompt in ("[plan orders] Refund A-1001.", "[plan lookup] Where is A-1002?"):
        keeper = AssistantAgent("shopkeeper", model_client=client, tools=tools, max_tool_iterations=5)
        print((await keeper.run(task=prompt)).messages[-1].content)


asyncio.run(main())
