# Two commands matter: `make demo` and `make test`. Prerequisites: Rust, Node, make.

PORTAL := smart-apps/portal
LISTEN ?= 127.0.0.1:8080

.PHONY: demo test portal tools check clean

## Builds everything and starts the demonstration with its families.
demo: portal
	cargo build --release --locked
	./target/release/kinchart demo --listen $(LISTEN)

## Runs every test: Rust on SQLite and PostgreSQL, the portal's own, and the pages in a browser.
test: tools portal
	cd $(PORTAL) && npm test
	tests/with_postgres cargo test --workspace --locked
	cargo build --locked
	cd conformance/fhirclient && npm ci --omit=optional --no-audit --no-fund
	tests/with_demo target/debug/kinchart npm --prefix conformance/fhirclient test
	tests/with_demo target/debug/kinchart npm --prefix conformance/smart test
	tests/with_demo target/debug/kinchart npm --prefix conformance/us-core test
	cd conformance/clients && npm ci --omit=optional --no-audit --no-fund
	tests/with_demo target/debug/kinchart conformance/clients/run
	tests/with_demo target/debug/kinchart npm --prefix $(PORTAL) run test:browser
	DEMO_HOST=localhost KINCHART_SECOND_FACTOR=true \
	  tests/with_demo target/debug/kinchart npm --prefix $(PORTAL) run test:security
	tests/with_postgres node --test conformance/durability/

## Builds the portal that the server embeds.
portal: $(PORTAL)/dist/index.html

$(PORTAL)/dist/index.html: $(PORTAL)/package-lock.json $(shell find $(PORTAL)/src $(PORTAL)/index.html -type f 2>/dev/null)
	cd $(PORTAL) && npm ci --no-audit --no-fund && npm run build
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
	rm -rf $(PORTAL)/dist $(PORTAL)/node_modules
