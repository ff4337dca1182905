"""A standalone launch by the SMART team's fhirclient for Python, with a person who fills in the server's pages."""

import json
import os
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from fhirclient import client
from fhirclient.models import condition, observation

CALLBACK = "http://127.0.0.1:8765/callback"
SCOPE = "openid fhirUser offline_access patient/Patient.rs patient/Observation.rs"

base = os.environ["KINCHART_BASE_URL"]
with open(os.environ["KINCHART_MANIFEST"], encoding="utf-8") as file:
    manifest = json.load(file)
ana = next(user for user in manifest["users"] if user["key"] == "ana")


def check(holds, what):
    assert holds, what
    print("ok  fhirclient launch:", what)


class Forms(HTMLParser):
    """The forms of a page: address, and what each would send as it stands."""

    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append({"action": attrs.get("action", ""), "fields": []})
        elif tag == "input" and self.forms and attrs.get("name"):
            kind = attrs.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in attrs:
                self.forms[-1]["fields"].append((attrs["name"], attrs.get("value", "")))
            self.forms[-1].setdefault("names", set()).add(attrs["name"])


class Away(Exception):
    """The browser is sent to the app."""


class Redirects(HTTPRedirectHandler):
    """Follows the server's own redirects only."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if newurl.startswith(CALLBACK):
            raise Away(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Person:
    """Somebody at a browser without script."""

    def __init__(self):
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), Redirects())

    def open(self, url, fields=None):
        headers = {"Accept": "text/html"}
        data = None
        if fields is not None:
            data = urlencode(fields).encode()
            headers["Origin"] = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        try:
            answer = self.opener.open(Request(url, data=data, headers=headers))
        except HTTPError as error:
            answer = error
        page = Forms()
        page.feed(answer.read().decode())
        return answer.url, page.forms

    def approve(self, url, patient):
        """Signs in, chooses the patient, allows; the address at the app the browser ends at."""
        try:
            at, forms = self.open(url)
            for _ in range(5):
                names = [form.get("names", set()) for form in forms]
                password = next((i for i, n in enumerate(names) if "password" in n), None)
                if password is not None:
                    answers = {"username": ana["username"], "password": ana["password"]}
                    form = forms[password]
                else:
                    form = next(f for f, n in zip(forms, names) if n & {"scope", "patient"})
                    answers = {"patient": patient, "decision": "approve"}
                fields = [pair for pair in form["fields"] if pair[0] not in answers]
                at, forms = self.open(urljoin(at, form["action"]), fields + list(answers.items()))
        except Away as away:
            return str(away)
        raise AssertionError(f"still on {at}")


for key in ("public-app", "confidential-app"):
    app = next(one for one in manifest["clients"] if one["key"] == key)
    settings = {"app_id": app["client_id"], "api_base": f"{base}/fhir", "redirect_uri": CALLBACK, "scope": SCOPE}
    if app["client_secret"]:
        settings["app_secret"] = app["client_secret"]
    smart = client.FHIRClient(settings=settings)
    check(not smart.ready and smart.prepare() is False, f"{key}: finds out where to authorize")
    smart.handle_callback(Person().approve(smart.authorize_url, ana["patient"]))
    check(smart.ready and smart.patient_id == ana["patient"], f"{key}: is let in and told the patient")
    check(smart.patient.name[0].family, f"{key}: reads the patient")
    labs = observation.Observation.where(struct={"patient": smart.patient_id, "category": "laboratory"})
    check(labs.perform_resources(smart.server), f"{key}: finds laboratory results")
    try:
        condition.Condition.where(struct={"patient": smart.patient_id}).perform_resources(smart.server)
        refused = False
    except Exception:  # The library has a kind of its own for each status.
        refused = True
    check(refused, f"{key}: is refused what was not granted")
    before = smart.server.auth.access_token
    check(smart.reauthorize() and smart.server.auth.access_token != before, f"{key}: renews its token")
    check(smart.patient_id == ana["patient"] and labs.perform_resources(smart.server), f"{key}: reads with the new one")
