"""What programs call the columns that we call otherwise; a guess that gives way to any plain name, and is told."""

from __future__ import annotations

from collections.abc import Mapping

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "record_id", "candidate_id", "contact_id", "lead_id", "crm_id", "external_id", "applicant_id", "resource_id",
        "resourceid", "candidateid", "contactid",
    ),
    "person": ("candidate_id", "candidate", "contact_id", "applicant_id"),
    "first_name": (
        "firstname", "forename", "given_name", "givenname", "vorname", "prenom", "voornaam", "nombre", "nome",
    ),
    "last_name": ("lastname", "surname", "family_name", "familyname", "nachname", "achternaam", "apellido", "apellidos",
                  "cognome"),
    "email": (
        "email_address", "e_mail_address", "emailaddress", "primary_email", "email_1", "email1", "mail",
        "e_mail_adresse", "adresse_e_mail", "adresse_mail", "correo_electronico", "courriel",
    ),
    "phone": (
        "mobile", "mobile_phone", "mobilephone", "cell", "cell_phone", "cellphone", "cell_number", "phone_number",
        "telephone", "telephone_number", "primary_phone", "mobil", "handy",
        "mobiltelefon", "mobilnummer", "handynummer", "mobiltel", "mobile_tel", "mobiletel", "portable",
        "telephone_portable", "telephone_mobile", "movil", "telefono_movil", "cellulare", "mobiel",
    ),
    "job_title": ("jobtitle", "position", "current_title", "current_job_title", "occupation",
                  "berufsbezeichnung", "poste", "puesto", "cargo", "functie"),
    "company": ("company_name", "companyname", "account_name", "employer", "current_employer", "organisation",
                "organization", "firma", "unternehmen", "societe", "entreprise", "empresa", "azienda", "bedrijf"),
    "city": ("town", "current_city", "ort", "wohnort", "stadt", "mailing_city", "ville", "ciudad", "citta",
             "plaats", "woonplaats"),
    "country": (
        "mailing_country", "home_country", "address_country", "country_region", "country_name", "land",
        "pays", "pais", "paese",
    ),
    "timezone": ("tz",),
    "available_from": ("availability_date", "date_available", "available_date"),
    "start_date": ("startdate", "date_begin", "placement_start"),
    "end_date": ("enddate", "date_end", "placement_end"),
}  # fmt: skip
"""Field to what a header may be instead, as ``plain_name`` writes it."""
