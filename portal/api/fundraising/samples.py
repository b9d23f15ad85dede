"""Examples of the description, after the pages of the dialect's origin."""

from __future__ import annotations

from typing import Any

GUID = "0199c1f5-8a53-7c41-9d3e-2f6b8f0e1a22"
CONTACT_GUID = "0199c1f5-1b20-7d0e-8c55-90b1a7e2c3d4"
AGREEMENT_GUID = "0199c1f5-2c31-7e1f-9d66-a1c2b8f3d4e5"

SUBSCRIPTION_BODY: dict[str, Any] = {
    "contactGuid": CONTACT_GUID,
    "agreementGuid": AGREEMENT_GUID,
    "paymentMethodType": "",
    "paymentMethodGuid": "",
    "startDate": "",
    "expiresAfterDate": "",
    "quantity": 1,
    "externalId": "1001",
    "externalLink": "https://crm.example.com/1001",
}
SUBSCRIPTION: dict[str, Any] = {
    "subscriptionGuid": GUID,
    "merchantId": "Acme Aid",
    "version": 1,
    "contactGuid": CONTACT_GUID,
    "agreementGuid": AGREEMENT_GUID,
    "state": "Pending",
    "paymentMethodType": None,
    "paymentMethodGuid": None,
    "createdTs": "2027-01-01T09:00:00+01:00",
    "startDate": None,
    "expiresAfterDate": None,
    "cancelledTs": None,
    "cancelCode": None,
    "cancelDescription": None,
    "holdDescription": None,
    "archivedTs": None,
    "inactivatedTs": None,
    "quantity": 1,
    "errorCode": None,
    "errorDescription": None,
    "nextDueDate": None,
    "externalId": "1001",
    "externalLink": "https://crm.example.com/1001",
    "originTs": None,
    "dataSetGuid": None,
}
PATCH_BODY: list[dict[str, Any]] = [{"op": "replace", "path": "/externalId", "value": "1001"}]
SCHEDULE = ["2019-06-01", "2019-07-01", "2019-08-01", "2019-09-01", "2019-10-01"]
LOG: list[dict[str, Any]] = [
    {
        "changeGuid": "0199c1f5-9d64-7d52-8e4f-3a7c9a1f2b33",
        "createdTs": "2027-02-01T09:00:00+01:00",
        "entityType": "Subscription",
        "entityGuid": GUID,
        "changeTs": "2027-02-01T09:00:00+01:00",
        "oldEntityJson": '{"subscriptionGuid":"0199c1f5-8a53-7c41-9d3e-2f6b8f0e1a22","state":"Active"}',
        "changeDescription": "Subscription paused by POST /fundraising/subscription/{guid}/Hold",
        "requester": "ak_5f2d0c1b9a8e",
        "systemRequest": False,
        "changes": [{"fieldName": "state", "oldValue": "Active", "newValue": "Inactive"}],
    }
]
CONTACT_BODY: dict[str, Any] = {
    "firstName": "Jens",
    "lastName": "Jensen",
    "email": "jens@example.com",
    "msisdn": "4535294855",
    "externalId": "C-1001",
}
AGREEMENT_BODY: dict[str, Any] = {
    "name": "Youth Membership",
    "agreementType": "Shared",
    "defaultQuantity": 1,
    "unitPrice": 100.00,
    "currencyCode": "DKK",
    "scheduleType": "Monthly",
    "scheduleFixedDay": 1,
    "scheduleEveryOther": 1,
}
