# /// script
# dependencies = [
#   "strands-agents[openai,otel]==1.62.0",
# ]
# ///
"""Strands Agents: the user is a trace attribute, as its documentation shows; the MCP server is traced too."""

import os

from mcp.client.streamable_http import streamable_http_client
from strands import Agent
from strands.models.openai import OpenAIModel
from strands.telemetry import StrandsTelemetry
from strands.tools.mcp import MCPClient

from telemetry import MODEL_URL

os.environ["OTEL_SERVICE_NAME"] = "shop"
telemetry = StrandsTelemetry().setup_otlp_exporter()

model = OpenAIModel(client_args={"base_url": f"{MODEL_URL}/v1", "api_key": "scripted"}, model_id="scripted")
with MCPClient(lambda: streamable_http_client(os.environ["TRACED_ORDERS_URL"])) as client:
    tools = client.list_tools_sync()
    for person, prompt in (("ana", "[plan orders] Refund A-1001."), ("ben", "[plan lookup] Where is A-1002?")):
        agent = Agent(
            name="shopkeeper",
            model=model,
            tools=tools,
            callback_handler=None,
            trace_attributes={"user.id": f"{person}@example.com", "session.id": f"{person}-session"},
        )
        print(agent(prompt))
telemetry.tracer_provider.force_flush()
