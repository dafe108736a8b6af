import { MultiSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { FormModal } from '../components/FormModal';
import { Attributes, blank, type Draft } from './AttributeForm';
import { addSchema, extend, resourceTypeList, wrongName, wrongUrn } from './schemas';

/** A schema of one's own, with its first attribute: one without any would be of no use. */
export function NewSchema({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [types, setTypes] = useState<string[]>(['User']);
  const [attribute, setAttribute] = useState<Draft>(blank);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const known = useInfiniteQuery(resourceTypeList).data?.pages.flatMap(({ items }) => items) ?? [];
  const urn = id || (name.trim() ? `urn:example:${slug(name)}:1.0` : '');
  return (
    <FormModal
      title="Add schema"
      verb="Add schema"
      close={close}
      size={560}
      disabled={!name.trim() || !!wrongUrn(urn) || !attribute.name || !!wrongName(attribute.name, [])}
      submit={async () => {
        await addSchema({ id: urn, name: name.trim(), attributes: [attribute] });
        for (const type of types) await extend(type, urn, true);
        await Promise.all(['schemas', 'resource-types'].map((noun) => queries.invalidateQueries({ queryKey: [noun] })));
        await navigate({ to: '/attributes/schemas/$schema', params: { schema: urn } });
      }}
    >
      <TextInput
        label="Name"
        description="For people, such as HR."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
      <TextInput
        label="URN"
        description="What sources and applications call it. It can’t be changed later."
        placeholder={urn || undefined}
        value={id}
        onChange={(event) => setId(event.currentTarget.value.trim())}
        error={wrongUrn(id)}
      />
      <MultiSelect
        label="For"
        description="Which resources have these attributes."
        data={known.map((type) => type.name)}
        value={types}
        onChange={setTypes}
      />
      <h3>First attribute</h3>
      <Attributes value={attribute} set={setAttribute} others={[]} />
    </FormModal>
  );
}

/** A name as it can stand in a URN. */
const slug = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'own';
