// Elements of a resource by the paths the requirements name: choices, slices, extensions, fixed values.

const list = (value) => (value === undefined || value === null ? [] : [value].flat());

// The members a segment names: `name`, `value[x]`, or `_name` where only the extensions are asked for.
function members(node, name) {
  if (typeof node !== "object" || node === null) return [];
  if (!name.endsWith("[x]")) return list(node[name]);
  const stem = name.slice(0, -3);
  return Object.keys(node)
    .filter((key) => key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length)))
    .flatMap((key) => list(node[key]));
}

const codings = (node) => list(node?.coding ?? (node?.code !== undefined || node?.system !== undefined ? node : []));

// Whether an element carries one of `system|code`.
const carries = (node, wanted) =>
  codings(node).some((coding) => wanted.includes(`${coding.system}|${coding.code}`));

// Whether an element belongs to a slice as its rule says.
export function inSlice(rule, node) {
  if (rule.codings) {
    const nodes = rule.on === "." ? [node] : at(node, rule.on);
    return nodes.some((one) => carries(one, rule.codings));
  }
  if (rule.equals) return at(node, rule.equals.path).includes(rule.equals.value);
  return true;
}

// A slice of a choice is its type: the member that JSON names after it.
const isChoice = (rule) => rule.type !== undefined;

// All values at a path. `slices` are the slice rules of the profile.
export function at(node, path, slices = []) {
  let here = [node];
  let walked = "";
  const segments = path.split(".");
  for (const [place, segment] of segments.entries()) {
    const [name, slice] = segment.split(":");
    const above = here;
    const next = segments[place + 1];
    here = here.flatMap((one) => {
      const held = members(one, name);
      // The extensions of a primitive stand beside it.
      return next?.startsWith("extension") && held.every((value) => typeof value !== "object") ? list(one[`_${name}`]) : held;
    });
    walked = walked ? `${walked}.${name}` : name;
    const rule = slice && slices.find((one) => one.slice === slice && one.at === walked);
    if (rule && !isChoice(rule)) here = here.filter((one) => inSlice(rule, one));
    if (here.length === 0 && slice && above.length) return [];
  }
  return here;
}

const isThere = (value) =>
  value !== undefined && value !== null && (typeof value !== "object" || Object.keys(value).some((key) => key !== "extension" && key !== "id"));

// Whether a resource shows one must-support requirement.
export function shows(resource, wanted, slices) {
  if (wanted.any_one_of) {
    const { paths = [], extension_ids: extensions = [], target_profiles: targets } = wanted.any_one_of;
    if (targets) return true;
    const named = extensions.map((id) => id.split(":")[1]);
    const marked = list(resource.extension).some((one) => named.some((name) => one.url.endsWith(name)));
    return marked || paths.some((path) => at(resource, path, slices).some(isThere));
  }
  if (wanted.extension) {
    return at(resource, wanted.path, slices).some((one) => one?.url === wanted.extension);
  }
  if (wanted.slice) {
    if (isChoice(wanted)) {
      const name = wanted.at.replace("[x]", wanted.type);
      return at(resource, name).some(isThere);
    }
    return at(resource, wanted.at).some((one) => inSlice(wanted, one));
  }
  const values = at(resource, wanted.path, slices);
  if (wanted.fixed !== undefined) return values.some((value) => String(value) === wanted.fixed);
  return values.some(isThere);
}

// How a requirement is called in the table.
export function title(wanted) {
  if (wanted.any_one_of) return `one of ${Object.values(wanted.any_one_of).flat().join(", ")}`;
  if (wanted.extension) return `${wanted.path} ${wanted.extension}`;
  if (wanted.slice) return `${wanted.at}:${wanted.slice}`;
  return wanted.fixed === undefined ? wanted.path : `${wanted.path} = ${wanted.fixed}`;
}

// Which of the elements a profile demands are missing where their parent is there. (`Type.path`)
export function missing(resource, mandatory) {
  return mandatory
    .map((path) => path.slice(path.indexOf(".") + 1))
    .filter((path) => {
      const cut = path.lastIndexOf(".");
      const parents = cut < 0 ? [resource] : at(resource, path.slice(0, cut));
      const name = path.slice(cut + 1);
      return parents.some((parent) => members(parent, name).length === 0 && !list(parent[`_${name}`]).length);
    });
}
