"""Two agents on OpenAI's Agents SDK: one hands over to the other, which has the tools of the orders server."""

import asyncio
import os

from telemetry import MODEL_URL

# With a key in its environment the SDK would send its traces to its maker as well.
os.environ.pop("OPENAI_API_KEY", None)


def drive(asked_by):
    """Runs once for each of two people, inside `asked_by(person)`."""
    asyncio.run(_drive(asked_by))


async def _drive(asked_by):
    from agents import Agent, OpenAIResponsesModel, Runner
    from agents.mcp import MCPServerStreamableHttp
    from openai import AsyncOpenAI

    model = OpenAIResponsesModel("scripted", AsyncOpenAI(base_url=f"{MODEL_URL}/v1", api_key="scripted"))
    server = MCPServerStreamableHttp({"url": os.environ["ORDERS_URL"]}, name="orders")
    async with server:
        orders = Agent(name="orders_agent", model=model, mcp_servers=[server])
        triage = Agent(name="triage", model=model, handoffs=[orders])
        with asked_by("ana"):
            print((await Runner.run(orders, "[plan orders] Refund A-1001.")).final_output)
        with asked_by("ben"):
            print((await Runner.run(triage, "[plan handover] Where is A-1002?")).final_output)
