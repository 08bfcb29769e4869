# /// script
# dependencies = [
#   "google-adk[mcp]==2.13.0",
#   "opentelemetry-exporter-otlp-proto-http==1.44.0",
# ]
# ///
"""Google's Agent Development Kit, two users, against a traced MCP server."""

import asyncio
import os

from telemetry import MODEL_URL, start_telemetry

start_telemetry("shop")
os.environ["GOOGLE_API_KEY"] = "scripted"

from google.adk.agents import LlmAgent
from google.adk.models.google_llm import Gemini
from google.adk.runners import InMemoryRunner
from google.adk.tools.mcp_tool.mcp_session_manager import StreamableHTTPConnectionParams
from google.adk.tools.mcp_tool.mcp_toolset import McpToolset
from google.genai import types


async def main():
    orders = McpToolset(connection_params=StreamableHTTPConnectionParams(url=os.environ["TRACED_ORDERS_URL"]))
    agent = LlmAgent(
        name="shopkeeper",
        model=Gemini(model="gemini-2.5-flash", base_url=MODEL_URL),
        instruction="Keep the shop.",
        tools=[orders],
    )
    runner = InMemoryRunner(agent=agent, app_name="shop")
    for person, prompt in (("ana", "[plan orders] Refund A-1001."), ("ben", "[plan lookup] Where is A-1002?")):
        session = await runner.session_service.create_session(app_name="shop", user_id=f"{person}@example.com")
        message = types.Content(role="user", parts=[types.Part(text=prompt)])
        async for event in runner.run_async(user_id=session.user_id, session_id=session.id, new_message=message):
            if event.is_final_response():
                print(event.content.parts[0].text)
    await orders.close()


asyncio.run(main())
