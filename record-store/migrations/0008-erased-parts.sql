-- What was deleted from the search copy is off the disk soon: the parts that it was in are not kept for minutes.
ALTER TABLE waybill.payloads MODIFY SETTING old_parts_lifetime = 5;
