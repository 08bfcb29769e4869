"""A LangGraph agent with the tools of the orders server."""

import asyncio
import os

from telemetry import MODEL_URL


def drive(asked_by):
    """Runs the agent once for each of two people, inside `asked_by(person)`."""
    asyncio.run(_drive(asked_by))


async def _drive(asked_by):
    from langchain.agents import create_agent
    from langchain_mcp_adapters.client import MultiServerMCPClient
    from langchain_openai import ChatOpenAI

    orders = {"orders": {"transport": "streamable_http", "url": os.environ["ORDERS_URL"]}}
    tools = await MultiServerMCPClient(orders).get_tools()
    for tool in tools:
        tool.handle_tool_error = True
    model = ChatOpenAI(model="scripted", base_url=f"{MODEL_URL}/v1", api_key="scripted")
    agent = create_agent(model, tools, name="shopkeeper")
    for person, prompt in (("ana", "[plan orders] Refund A-1001."), ("ben", "[plan lookup] Where is A-1002?")):
        with asked_by(person):
            try:
                answer = await agent.ainvoke({"messages": [("user", prompt)]})
                print(answer["messages"][-1].content)
            except Exception as error:
                print(type(error).__name__, error)
