import { Checkbox, Select, TagsInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { tell } from '../components/act';
import { FormModal } from '../components/FormModal';
import { type Attribute, attributesOf, type Marked, type Schema, saveSchema, TYPES, wrongName } from './schemas';

export type Draft = Attribute;
export const blank: Draft = {
  name: '',
  type: 'string',
  multiValued: false,
  description: '',
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
};

/** The fields of one attribute. */
export function Attributes({ value, set, others }: { value: Draft; set: (value: Draft) => void; others: string[] }) {
  return (
    <>
      <TextInput
        label="Attribute"
        description="As it is written in SCIM, such as costCenter."
        value={value.name}
        onChange={(event) => set({ ...value, name: event.currentTarget.value.trim() })}
        error={wrongName(value.name, others)}
        required
      />
      <Select
        label="Type"
        data={TYPES.filter((type) => type !== 'complex' || value.type === 'complex')}
        value={value.type}
        onChange={(type) => type && set({ ...value, type })}
        allowDeselect={false}
      />
      <TextInput
        label="Description"
        value={value.description ?? ''}
        onChange={(event) => set({ ...value, description: event.currentTarget.value })}
      />
      {value.type === 'string' && (
        <TagsInput
          label="Allowed values"
          description="Enter after each. Empty: any value."
          value={value.canonicalValues ?? []}
          onChange={(canonicalValues) =>
            set({ ...value, canonicalValues: canonicalValues.length ? canonicalValues : undefined })
          }
        />
      )}
      <div className="row wrap">
        <Checkbox
          label="A list"
          checked={value.multiValued}
          onChange={(event) => set({ ...value, multiValued: event.currentTarget.checked })}
        />
        <Checkbox
          label="Required"
          checked={value.required}
          onChange={(event) => set({ ...value, required: event.currentTarget.checked })}
        />
        <Checkbox
          label="Unique in a source"
          checked={value.uniqueness === 'server'}
          onChange={(event) => set({ ...value, uniqueness: event.currentTarget.checked ? 'server' : 'none' })}
        />
        {value.type === 'string' && (
          <Checkbox
            label="Upper and lower case differ"
            checked={value.caseExact ?? false}
            onChange={(event) => set({ ...value, caseExact: event.currentTarget.checked })}
          />
        )}
      </div>
    </>
  );
}

/** Add an attribute to a schema, or change one. */
export function AttributeForm(props: { schema: Marked<Schema>; of: Attribute | null; close: () => void }) {
  const [value, setValue] = useState<Draft>(props.of ?? blank);
  const queries = useQueryClient();
  const { value: schema, etag } = props.schema;
  const attributes = attributesOf(schema);
  const others = attributes.filter((one) => one !== props.of).map((one) => one.name);
  return (
    <FormModal
      title={props.of ? `Change ${props.of.name}` : 'Add attribute'}
      verb={props.of ? 'Save' : 'Add attribute'}
      close={props.close}
      disabled={!value.name || !!wrongName(value.name, others)}
      submit={async () => {
        const changed = props.of ? attributes.map((one) => (one === props.of ? value : one)) : [...attributes, value];
        await saveSchema({ etag, value: { ...schema, attributes: changed } });
        await queries.invalidateQueries({ queryKey: ['schemas'] });
        tell(props.of ? 'Saved' : `${value.name} can be used from now on`);
        props.close();
      }}
    >
      <Attributes value={value} set={setValue} others={others} />
    </FormModal>
  );
}
