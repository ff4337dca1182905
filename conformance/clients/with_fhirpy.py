"""The interactions through fhirpy: create, search with paging, patch, history, transaction."""

import os

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

SYSTEM = "urn:conformance:fhirpy"
run = str(os.getpid())
client = SyncFHIRClient(
    os.environ["KINCHART_BASE_URL"] + "/fhir",
    authorization="Bearer " + os.environ["KINCHART_TOKEN"],
)


def check(holds, what):
    assert holds, what
    print("ok  fhirpy:", what)


patient = client.resource(
    "Patient",
    identifier=[{"system": SYSTEM, "value": run}],
    name=[{"family": "Py", "given": ["One"]}],
)
patient.save()
check(patient.id, "what is saved gets an id")
patient["active"] = True
patient.save()
check(patient["meta"]["versionId"] == "2", "saving again updates")
patient.patch(gender="other")
read = client.reference("Patient", patient.id).to_resource()
check((read["active"], read["gender"]) == (True, "other"), "a patch changes what it names and no more")

for number in range(5):
    client.resource(
        "Observation",
        status="final",
        code={"text": f"count {number}"},
        subject=patient.to_reference(),
        valueQuantity={"value": number},
    ).save()
found = client.resources("Observation").search(subject=f"Patient/{patient.id}").limit(2).fetch_all()
check(len(found) == 5, "a search brings all pages")
# fhirpy counts with a parameter of one vendor's, which lenient handling passes over.
lenient = SyncFHIRClient(client.url, authorization=client.authorization, extra_headers={"Prefer": "handling=lenient"})
check(lenient.resources("Observation").search(subject=f"Patient/{patient.id}").count() == 5, "a count counts")

history = client.execute(f"Patient/{patient.id}/_history", method="get")
check(history["total"] >= 2, "the history has every version")
bundle = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {
            "resource": {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": run + "-t"}]},
            "request": {
                "method": "POST",
                "url": "Patient",
                "ifNoneExist": f"identifier={SYSTEM}|{run}-t",
            },
        }
    ],
}
first = client.execute("", method="post", data=bundle)
second = client.execute("", method="post", data=bundle)
statuses = [answer["entry"][0]["response"]["status"][:3] for answer in (first, second)]
check(statuses == ["201", "200"], "a condition creates once")
try:
    client.resource("Patient", gender="banana").save()
    raise AssertionError("a wrong code was taken")
except OperationOutcome as outcome:
    check("banana" in str(outcome), "a wrong code is named")
patient.delete()
try:
    client.reference("Patient", patient.id).to_resource()
    raise AssertionError("what was deleted was found")
except (ResourceNotFound, OperationOutcome):
    check(True, "what was deleted is gone")
