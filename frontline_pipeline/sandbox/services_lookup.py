"""ClientService and ProjectService: the registers that settings are checked against (API.md, section 7).

Belongs here: who the client is, departments, currencies, sales groups, projects.
Does not: accounts, types and tax codes (services_account.py).
"""

from __future__ import annotations

from decimal import Decimal

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings

CLIENT_PATH = "/Client/V001/ClientService.asmx"
PROJECT_PATH = "/Project/V001/ProjectService.asmx"

#: Sales groups: name and the sales account each posts to, where the chart has it.
_SALES_GROUPS = (
    (1, "Goods, full rate", 3000),
    (2, "Food", 3030),
    (3, "Services, low rate", 3050),
    (4, "Zero-rated", 3100),
)
_PURCHASE_GROUPS = ((50, "Goods bought", 4300),)
#: Symbol, id, rate per unit, unit. Fixed rates: the stand-in trades nothing.
_CURRENCIES = (("NOK", 1, "1", 1), ("EUR", 2, "11.50", 1), ("SEK", 3, "102.00", 100), ("USD", 4, "10.40", 1))


def get_client_information(call: Call, around: Surroundings) -> Answer:
    """Who the session posts to: name, organisation number, currency."""
    client = around.store.client(call.client())
    return Answer(
        {
            "Country": "NO",
            "IsUsingFactoring": False,
            "Name": client.name,
            "ReminderDays": 14,
            "ReminderDays2": 28,
            "ReminderDays3": 42,
            "UserId": client.client_id,
            "OrganizationNumber": client.organisation_number,
            "DefaultCurrency": client.currency,
        }
    )


def get_department_list(call: Call, around: Surroundings) -> Answer:
    """The departments."""
    return Answer([{"Id": number, "Name": name} for number, name in around.store.named("departments", call.client())])


def get_currency_list(call: Call, around: Surroundings) -> Answer:
    """The currencies, with fixed rates."""
    call.client()
    return Answer(
        [{"Symbol": symbol, "Id": id_, "Rate": Decimal(rate), "Unit": unit} for symbol, id_, rate, unit in _CURRENCIES]
    )


def get_type_group_list(call: Call, around: Surroundings) -> Answer:
    """The sales and purchase groups whose account the chart has."""
    numbers = {account.number for account in around.store.accounts(call.client())}
    module = call.body.text("module")
    groups = (_SALES_GROUPS if module != "Purchase" else ()) + (_PURCHASE_GROUPS if module != "Sale" else ())
    return Answer(
        [{"AccountId": account, "Id": id_, "Name": name} for id_, name, account in groups if account in numbers]
    )


def get_project_name_list(call: Call, around: Surroundings) -> Answer:
    """The projects."""
    return Answer([{"Id": number, "Name": name} for number, name in around.store.named("projects", call.client())])


CLIENT_HANDLERS: Handlers = {
    "GetClientInformation": get_client_information,
    "GetCurrencyList": get_currency_list,
    "GetDepartmentList": get_department_list,
    "GetTypeGroupList": get_type_group_list,
}
PROJECT_HANDLERS: Handlers = {"GetProjectNameList": get_project_name_list}
