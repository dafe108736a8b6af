//! What no answer ever shows.

use serde_json::Value;

use super::repair_schemas;
use crate::{Attribute, Object, ResourceType, Returned};

/// Takes out every value that is never returned (`returned: never`), and with it an extension of which nothing is
/// left. What nobody can read is not worth keeping: a stored secret can only leak.
pub fn drop_hidden(resource: &mut Object, rt: &ResourceType) {
    hide(&rt.schema.attributes, resource);
    for extension in &rt.extensions {
        let urn = &extension.schema.id;
        let Some(Value::Object(object)) = resource.get_mut(urn) else { continue };
        hide(&extension.schema.attributes, object);
        if object.is_empty() {
            resource.shift_remove(urn);
        }
    }
    repair_schemas(resource, rt);
}

fn hide(attributes: &[Attribute], object: &mut Object) {
    for attribute in attributes {
        let hidden = |a: &Attribute| a.returned == Returned::Never;
        if hidden(attribute) {
            object.shift_remove(&attribute.name);
        } else if attribute.sub_attributes.iter().any(hidden)
            && let Some(value) = object.get_mut(&attribute.name)
        {
            let elements = match &mut *value {
                Value::Array(list) => list.as_mut_slice(),
                one => std::slice::from_mut(one),
            };
            elements.iter_mut().filter_map(Value::as_object_mut).for_each(|e| hide(&attribute.sub_attributes, e));
            let is_empty = |value: &Value| value.as_object().is_some_and(Object::is_empty);
            if let Value::Array(list) = value {
                list.retain(|element| !is_empty(element));
            }
            if is_empty(value) || value.as_array().is_some_and(Vec::is_empty) {
                object.shift_remove(&attribute.name);
            }
        }
    }
}
