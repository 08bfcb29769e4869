# /// script
# dependencies = [
#   "openinference-instrumentation-llama-index==4.6.1",
#   "llama-index-core==0.14.25",
#   "llama-index-llms-openai-like==0.8.1",
#   "llama-index-tools-mcp==0.6.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""LlamaIndex with OpenInference's bridge: a function agent with the tools of the orders server."""

import asyncio
import os

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
from openinference.instrumentation import using_attributes
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

from telemetry import MODEL_URL, start_telemetry

LlamaIndexInstrumentor().instrument(tracer_provider=start_telemetry("shop"))


async def main():
    tools = await McpToolSpec(client=BasicMCPClient(os.environ["ORDERS_URL"])).to_tool_list_async()
    llm = OpenAILike(
        model="scripted",
        api_base=f"{MODEL_URL}/v1",
        api_key="scripted",
        is_chat_model=True,
        is_function_calling_model=True,
    )
    agent = FunctionAgent(name="shopkeeper", tools=tools, llm=llm, streaming=False)
    for person, prompt in (("ana", "[plan orders] Refund A-1001."), ("ben", "[plan lookup] Where is A-1002?")):
        with using_attributes(user_id=f"{person}@example.com", session_id=f"{person}-session"):
            print(await agent.run(user_msg=prompt))


asyncio.run(main())
