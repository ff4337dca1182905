# Two commands matter: `make demo` and `make test`. Prerequisites: Rust, Node, make.

APPS := portal clinic growth
DISTS := $(APPS:%=smart-apps/%/dist/index.html)
LISTEN ?= 127.0.0.1:8080

.PHONY: demo test apps tools check clean

## Builds everything and starts the demonstration with its families.
demo: apps
	cargo build --release --locked
	./target/release/kinchart demo --listen $(LISTEN)

## Runs every test: Rust on SQLite and PostgreSQL, the apps' own, and the pages in a browser.
test: tools apps
	npm --prefix smart-apps test --workspaces --if-present
	tests/with_postgres cargo test --workspace --locked
	cargo build --locked
	cd conformance/fhirclient && npm ci --omit=optional --no-audit --no-fund
	tests/with_demo target/debug/kinchart npm --prefix conformance/fhirclient test
	tests/with_demo target/debug/kinchart npm --prefix conformance/smart test
	tests/with_demo target/debug/kinchart npm --prefix conformance/us-core test
	tests/with_demo target/debug/kinchart npm --prefix conformance/bulk test
	cd conformance/clients && npm ci --omit=optional --no-audit --no-fund
	tests/with_demo target/debug/kinchart conformance/clients/run
	tests/with_demo target/debug/kinchart npm --prefix smart-apps/portal run test:browser
	tests/with_demo target/debug/kinchart npm --prefix smart-apps/portal run test:years
	KINCHART_POLICY=ct-exemplar \
	  tests/with_demo target/debug/kinchart npm --prefix smart-apps/portal run test:years
	DEMO_HOST=localhost KINCHART_SECOND_FACTOR=true \
	  tests/with_demo target/debug/kinchart npm --prefix smart-apps/portal run test:security
	tests/with_demo target/debug/kinchart npm --prefix smart-apps/clinic run test:browser
	tests/with_postgres node --test conformance/durability/

## Builds the browser apps that the server embeds.
apps: $(DISTS)

smart-apps/node_modules: smart-apps/package-lock.json $(wildcard smart-apps/*/package.json)
	cd smart-apps && npm ci --no-audit --no-fund
	@touch $@

smart-apps/%/dist/index.html: smart-apps/node_modules $(shell find smart-apps -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	cd smart-apps/$* && npm run build
	@touch $@

## Installs what tests need and the machine lacks (PostgreSQL, Chromium), from Debian's packages.
tools:
	tests/install_tools

## Formatting, lints and supply chain, without the tests.
check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	.ci/supply_chain

clean:
	cargo clean
	rm -rf $(APPS:%=smart-apps/%/dist) smart-apps/node_modules
