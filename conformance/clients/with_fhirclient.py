"""The interactions through the SMART team's fhirclient for Python and its R4 models."""

import os

from fhirclient import client
from fhirclient.models import bundle, humanname, identifier, observation, patient

SYSTEM = "urn:conformance:fhirclient-py"
run = str(os.getpid())
base = os.environ["KINCHART_BASE_URL"] + "/fhir"
smart = client.FHIRClient(settings={"app_id": "conformance", "api_base": base})
server = smart.server
server.session.headers["Authorization"] = "Bearer " + os.environ["KINCHART_TOKEN"]


def check(holds, what):
    assert holds, what
    print("ok  fhirclient:", what)


someone = patient.Patient()
name = humanname.HumanName()
name.family, name.given = "Smart", ["Py"]
mark = identifier.Identifier()
mark.system, mark.value = SYSTEM, run
someone.name, someone.identifier, someone.gender = [name], [mark], "female"
made = patient.Patient(someone.create(server))
check(made.id, "what is created gets an id")
read = patient.Patient.read(made.id, server)
check(read.name[0].family == "Smart", "what was created can be read as the model has it")
read.active = True
changed = patient.Patient(read.update(server))
check(changed.meta.versionId == "2", "an update makes a new version")
look = patient.Patient.where(struct={"identifier": f"{SYSTEM}|{run}"})
check([one.id for one in look.perform_resources(server)] == [made.id], "a search finds it")
entry = bundle.BundleEntry({
    "resource": {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient?identifier={SYSTEM}|{run}"},
    },
    "request": {"method": "POST", "url": "Observation"},
})
whole = bundle.Bundle({"type": "transaction"})
whole.entry = [entry]
answer = bundle.Bundle(server.post_json("", whole.as_json()).json())
check(answer.entry[0].response.status.startswith("201"), "a transaction is taken, with a conditional reference")
found = observation.Observation.where(struct={"subject": f"Patient/{made.id}"}).perform_resources(server)
check(found[0].subject.reference == f"Patient/{made.id}", "the conditional reference was resolved")
history = bundle.Bundle(server.request_json(f"Patient/{made.id}/_history"))
check(history.total == 2, "the history is a Bundle of the models")
