//! Which Binary resources a resource's attachments point to, so that a Binary can be read by
//! whoever may read what holds it.

use super::{Entry, ParamId, Value};
use crate::reference::Reference;
use crate::{Element, ResourceType};

/// Appends a row under `_binary` for every `url` member that names a Binary of ours.
pub(super) fn entries(
    resource_type: ResourceType,
    resource: Element<'_>,
    base: &str,
    out: &mut Vec<Entry>,
) {
    // Nearly all resources name none: one scan of the text settles it.
    if resource.raw().contains("Binary") {
        visit(resource, ParamId::of(resource_type, "_binary"), base, out);
    }
}

fn visit(element: Element<'_>, param: ParamId, base: &str, out: &mut Vec<Entry>) {
    for (name, member) in element.members() {
        if name == "contained" {
            continue;
        }
        for item in member.items() {
            if name != "url" {
                visit(item, param, base, out);
                continue;
            }
            let Some(url) = item.str() else { continue };
            if let Reference::Local {
                resource_type, id, ..
            } = Reference::parse(&url, Some(base))
                && resource_type.name() == "Binary"
            {
                let value = Value::Reference {
                    resource_type: Some(resource_type),
                    id,
                };
                out.push(Entry { param, value });
            }
        }
    }
}
