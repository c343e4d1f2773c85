"""TARGET: 24SevenOffice over SOAP (zeep).

Belongs here: the session, the services' WSDLs, typed calls and the taxonomy of their failures.
Does not: know Dagster, pandas, settings or any other room; decide what is posted or when (posting/).
"""
